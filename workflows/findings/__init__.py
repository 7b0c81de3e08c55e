"""What is known so far: states of tasks, calculated species, and how they relaxed."""
