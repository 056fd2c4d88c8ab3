"""What amqtt loses on the way, and ours does not: whoever was told "taken" or holds a session gets what was promised.

amqtt forgets what a device said last before it left, gives up a message that is not acknowledged within five seconds,
takes a client that came back for one that is away, and hands on what waited for it as if it had been retained (amqtt
0.12.1; tests/mqtt/test_broker_delivery.py shows each).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker, Server
from amqtt.mqtt.disconnect import DisconnectPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.session import OUTGOING, IncomingApplicationMessage, OutgoingApplicationMessage, Session

Message = OutgoingApplicationMessage | IncomingApplicationMessage
Flow = Callable[[Message], Awaitable[None]]
Parting = Callable[[], Awaitable[DisconnectPacket | None]]

_TURNS = 3
"""Rounds of the loop after which what was read from a connection stands in its queue."""

_LOOKS_AGAIN_SECONDS, _LOOKS_AT_MOST = 0.001, 30_000


class KeepingBroker(Broker):
    """amqtt's broker, but for what it loses."""

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve a connection to its end, and close it: amqtt leaves that of a client it turned away lying open."""
        try:
            await super().stream_connected(reader, writer, listener_name)
        finally:
            writer.close()

    async def _handle_client_session(
        self,
        reader: ReaderAdapter,
        writer: WriterAdapter,
        client_session: Session,
        handler: BrokerProtocolHandler,
        server: Server,
        listener_name: str,
    ) -> None:
        parting, sent = _Parting(client_session, handler.wait_disconnect), _Sent(client_session, handler)
        handler.wait_disconnect = parting.wait  # type: ignore[method-assign]  # there is no other way to it
        handler.handle_puback = sent.acknowledged  # type: ignore[method-assign]
        handler._handle_qos1_message_flow = sent.send  # type: ignore[method-assign]  # noqa: SLF001
        await super()._handle_client_session(reader, writer, client_session, handler, server, listener_name)

    async def _client_message_loop(self, client_session: Session, handler: BrokerProtocolHandler) -> None:
        await self._stand_by(client_session)
        await super()._client_message_loop(client_session, handler)

    async def _handle_disconnect(
        self, client_session: Session, handler: BrokerProtocolHandler, disconnect_waiter: asyncio.Future[Any]
    ) -> None:
        await super()._handle_disconnect(client_session, handler, disconnect_waiter)
        if self._get_handler(client_session) is not handler:
            await self._stand_by(client_session)

    async def _delete_session(self, client_id: str) -> None:
        session, _ = self._sessions.get(client_id, (None, None))
        if session is not None:
            await _all_passed_on(session)
        await super()._delete_session(client_id)

    async def _stand_by(self, session: Session) -> None:
        """A session that is connected is not called away because its earlier connection is found to have ended."""
        if not session.transitions.is_connected():
            session.transitions.connect()
        await self._publish_session_retained_messages(session)

    async def _publish_session_retained_messages(self, session: Session) -> None:
        """Send what was published while the session was away, as what it is: no message of an unknown age."""
        handler, waiting = self._get_handler(session), session.retained_messages
        while handler is not None and not waiting.empty():
            kept = waiting.get_nowait()
            sent = handler.mqtt_publish(kept.topic, kept.data, kept.qos, retain=False)
            self._tasks_queue.append(asyncio.ensure_future(sent))


class _Parting:
    """A connection ends once everything that came over it is passed on."""

    def __init__(self, session: Session, ended: Parting) -> None:
        self._session = session
        self._ended = ended

    async def wait(self) -> DisconnectPacket | None:
        """As the handler's own; amqtt drops what is not passed on by then, though it has acknowledged it."""
        how = await self._ended()
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        await _all_passed_on(self._session)
        return how


async def _all_passed_on(session: Session) -> None:
    """Wait until what a client published has gone to those who listen; not for ever, should nobody pass it on."""
    for _ in range(_LOOKS_AT_MOST):
        if session.delivered_message_queue.empty():
            return
        await asyncio.sleep(_LOOKS_AGAIN_SECONDS)


class _Sent:
    """Messages of QoS 1 to a client: in flight until it acknowledges them, over as many connections as it takes."""

    def __init__(self, session: Session, handler: BrokerProtocolHandler) -> None:
        self._session = session
        self._handler = handler
        self._own: Flow = handler._handle_qos1_message_flow  # noqa: SLF001

    async def send(self, app_message: Message) -> None:
        """Send a message and wait for its acknowledgement; without one it stays and is sent again on reconnection."""
        message, number = app_message, app_message.packet_id
        if message.direction != OUTGOING or not isinstance(message, OutgoingApplicationMessage) or number is None:
            await self._own(message)
            return
        self._session.inflight_out[number] = message
        waiter = self._handler._puback_waiters[number] = asyncio.get_running_loop().create_future()  # noqa: SLF001
        packet = message.build_publish_packet(dup=message.publish_packet is not None)
        message.publish_packet = packet
        await self._handler._send_packet(packet)  # noqa: SLF001
        message.puback_packet = await waiter

    async def acknowledged(self, puback: PubackPacket) -> None:
        """A message has arrived."""
        number = puback.packet_id
        self._session.inflight_out.pop(number, None)
        waiter = self._handler._puback_waiters.pop(number, None)  # noqa: SLF001
        if waiter is not None and not waiter.done():
            waiter.set_result(puback)
