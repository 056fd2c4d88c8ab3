"""shiftbot: pharmacy shift checklists, cold-chain alarms and controlled counts, spoken in Slack."""
