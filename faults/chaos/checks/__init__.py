"""What is asked of a seed when it is over; each file asks it of one kind of witness."""
