"""What is done to Ferryman on purpose, to prove that no purchase suffers from it."""
