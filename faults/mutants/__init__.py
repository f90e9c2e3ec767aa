"""Known mistakes, planted one by one, to prove that the fault layers would catch them."""
