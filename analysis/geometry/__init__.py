"""What relaxations do to structures."""
