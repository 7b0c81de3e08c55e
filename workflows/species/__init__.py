"""From the names in a study to structures."""
