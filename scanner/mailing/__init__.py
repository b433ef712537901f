"""How do the letters leave? Subscribers in, messages handed over once, what became of each."""
