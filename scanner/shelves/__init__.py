"""What does each page need of the database? Read models and journals beside ``scanner.store``, on its floor."""
