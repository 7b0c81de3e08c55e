"""Everything that a study can ask for, one module or folder for each."""
