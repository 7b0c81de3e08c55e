"""The kinds of tasks, one module each, all with one function ``run``."""
