"""Rows in and out of SQLite or PostgreSQL. Knows tables and domain values, never Slack, MQTT or the clock."""
