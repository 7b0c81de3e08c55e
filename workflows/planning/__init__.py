"""From a study to tasks: what is calculated, what starts from what, and what it costs."""
