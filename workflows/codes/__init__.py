"""Other electronic-structure programs: what they can do, their input and their output."""
