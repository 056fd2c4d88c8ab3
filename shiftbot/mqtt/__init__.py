"""MQTT: the subscriber that stores every reading, the broker for those who have none, the formats sensors speak."""
