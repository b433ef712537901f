"""One module a command, or a family of commands: the thin second face of the verbs. ``shared`` is what all need."""
