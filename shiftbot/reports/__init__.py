"""What leaves shiftbot as a file: charts. Knows the domain's values, and neither the database nor Slack."""
