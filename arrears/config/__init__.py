"""Settings, addresses and the embedded database: the one place that reads the environment."""
