"""The edge towards Slack: cards, forms, replies, commands and the Home tab in; notices and cards out."""
