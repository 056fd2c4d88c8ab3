"""What people see in Slack, as Block Kit payloads: pure functions of what is shown; no Slack client, no database."""
