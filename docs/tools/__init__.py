"""Programs that write parts of the documentation, so that they cannot disagree with the code."""
