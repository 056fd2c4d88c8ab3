// Who and what an id means: people, the app, channels. Messages and blocks ask here.

/** {user(id), channel(id), isMe(id)} for mentions; unknown ids give undefined. */
export function namesOf({ people, bot, channels, me }) {
  return {
    user: (id) => [...people, bot].find((person) => person.id === id)?.name,
    channel: (id) => channels.find((channel) => channel.id === id)?.name,
    isMe: (id) => id === me,
  };
}

/** The person to draw for a message's author: one of the people, the app, or a stranger by name. */
export function authorOf({ people, bot }, message) {
  const known = people.find((person) => person.id === message.user);
  if (known) return known;
  const isBot = message.is_bot || message.user === bot.id;
  return isBot
    ? { ...bot, name: message.name || bot.name }
    : { id: message.user, name: message.name || message.user || "?" };
}

/**
 * The time stamp after which messages are new to `me`: there are `unread` later ones by others. Null when there is nothing to mark.
 */
export function firstUnread(messages, unread, me) {
  const others = messages.filter((message) => message.user !== me && !message.ephemeral);
  return unread && others.length > unread ? others[others.length - unread - 1].ts : null;
}
