"""The HTTP edge: whether all is well, and Slack's requests in HTTP mode. Knows nothing of Slack, MQTT or the ticker."""
