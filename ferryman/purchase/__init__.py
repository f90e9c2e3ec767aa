"""The nouns of a purchase, in our words; no wire of any provider."""
