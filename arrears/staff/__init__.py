"""Who works here, with which role, in which team. Knows nobody downstream."""
