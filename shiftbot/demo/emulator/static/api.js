// Talking to the emulator: reading JSON, acting as a person, listening to what happens. Draws nothing.

const ANSWER_WITHIN_MS = 8000; // the server itself gives the app its 3 s; this is for a server that is gone

/** Read JSON; throws with a plain sentence when the emulator is away. */
export async function read(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  const answer = await fetch(query ? `${path}?${query}` : path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

/** Send one act; always resolves, to the server's answer or to {ok: false, error}. */
export async function send(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return await answer.json();
  } catch {
    return { ok: false, error: "The demo did not answer. Is it still running?" };
  }
}

/** Listen to one person's events, for ever: a closed stream is opened again, and `onOpen(again)` says so. */
export function listen(user, { onEvent, onOpen, onLost }) {
  let source = null;
  let timer = null;
  let opened = 0;
  let wanted = true;
  const open = () => {
    source = new EventSource(`/page/events?user=${encodeURIComponent(user)}`);
    source.onopen = () => onOpen(opened++ > 0);
    source.onmessage = (message) => onEvent(JSON.parse(message.data));
    source.onerror = () => {
      source.close();
      if (!wanted) return;
      onLost();
      timer = setTimeout(open, 1000);
    };
  };
  open();
  return () => {
    wanted = false;
    clearTimeout(timer);
    source.close();
  };
}
