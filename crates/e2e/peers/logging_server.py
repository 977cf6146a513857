"""A Modbus TCP server of pymodbus or of libmodbus that writes down what it serves.

    logging_server.py pymodbus|libmodbus PORT LOG FIRST_VALUE LATE_SHARE

It plays a current module with one load, unit 3. Each answer that holds the active power of the
load holds a value of its own there, counting up from FIRST_VALUE, and LOG has one line for it,
`NAME VALUE SECONDS`, written before the answer is sent:

- `served`: sent at once;
- `late`: held back for longer than any client waits;
- `unsure`: asked while another one was held back, so the client may have given it up.

That share of the answers is held back. The server says `ready` and can be killed at any time.
"""

import asyncio
import ctypes
import os
import random
import sys
import time

UNIT = 3
IDENTIFICATION = 50_000
LOADS = 18_432
LOAD_WORDS = 92
POWER = 18_476
# Longer than time-outs of one second and patience that doubles up to them.
LATE_S = 2.5
# What is asked while the server sleeps comes to it within this after it has woken.
BACKLOG_S = 0.3


def blocks() -> dict[int, list[int]]:
    """Registers by first address: who it is, and one load that is switched on."""
    identification = [0] * 69
    identification[:5] = [0x53, 0x4F, 0x43, 0x4F, 400]
    name = b"diris digiware i-35\0"
    for word in range(len(name) // 2):
        identification[58 + word] = int.from_bytes(name[2 * word : 2 * word + 2], "big")
    load = [0] * LOAD_WORDS
    load[0] = 1
    return {IDENTIFICATION: identification, LOADS: load}


class Journal:
    """Gives each answer its value and writes it down."""

    def __init__(self, path: str, first_value: int, late_share: float) -> None:
        # Not buffered: a kill loses nothing.
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.next_value = first_value
        self.late_share = late_share
        self.unsure_until = 0.0

    def answer(self) -> list[int]:
        """The two words of the next power, just before they are sent."""
        value = self.next_value
        self.next_value += 1
        name = "served"
        if time.time() < self.unsure_until:
            name = "unsure"
        elif random.random() < self.late_share:
            name = "late"
            time.sleep(LATE_S)
            self.unsure_until = time.time() + BACKLOG_S
        os.write(self.file, f"{name} {value} {time.time():.6f}\n".encode())
        return [value >> 16, value & 0xFFFF]


def holds_power(start: int, count: int) -> bool:
    return start <= POWER and POWER + 2 <= start + count


async def pymodbus(port: int, journal: Journal) -> None:
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    asked = (0, 0)

    def trace(sending: bool, frame: bytes) -> bytes:
        nonlocal asked
        if not sending:
            asked = (int.from_bytes(frame[8:10], "big"), int.from_bytes(frame[10:12], "big"))
            return frame
        if frame[7] & 0x80 or not holds_power(*asked):
            return frame
        at = 9 + 2 * (POWER - asked[0])
        words = b"".join(word.to_bytes(2, "big") for word in journal.answer())
        return frame[:at] + words + frame[at + 4 :]

    registers = [
        SimData(start, values=words, datatype=DataType.REGISTERS)
        for start, words in sorted(blocks().items())
    ]
    server = ModbusTcpServer(
        [SimDevice(UNIT, registers)], address=("127.0.0.1", port), trace_packet=trace
    )
    await server.listen()
    print("ready", flush=True)
    await server.serving


class Mapping(ctypes.Structure):
    """`modbus_mapping_t`."""

    _fields_ = [
        (name, ctypes.c_int)
        for name in (
            "nb_bits",
            "start_bits",
            "nb_input_bits",
            "start_input_bits",
            "nb_input_registers",
            "start_input_registers",
            "nb_registers",
            "start_registers",
        )
    ] + [
        ("tab_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_registers", ctypes.POINTER(ctypes.c_uint16)),
        ("tab_registers", ctypes.POINTER(ctypes.c_uint16)),
    ]


def libmodbus(port: int, journal: Journal) -> None:
    library = ctypes.CDLL("libmodbus.so.5")
    library.modbus_new_tcp.restype = ctypes.c_void_p
    library.modbus_mapping_new_start_address.restype = ctypes.POINTER(Mapping)
    context = ctypes.c_void_p(library.modbus_new_tcp(b"127.0.0.1", port))
    end = IDENTIFICATION + len(blocks()[IDENTIFICATION])
    mapping = library.modbus_mapping_new_start_address(0, 0, 0, 0, LOADS, end - LOADS, 0, 0)
    registers = mapping.contents.tab_registers
    for start, words in blocks().items():
        for offset, word in enumerate(words):
            registers[start - LOADS + offset] = word
    listener = ctypes.c_int(library.modbus_tcp_listen(context, 1))
    if listener.value < 0:
        raise OSError(f"port {port} cannot be listened on")
    print("ready", flush=True)
    query = (ctypes.c_uint8 * 260)()
    while True:
        if library.modbus_tcp_accept(context, ctypes.byref(listener)) < 0:
            raise OSError("no connection can be accepted")
        while (length := library.modbus_receive(context, query)) >= 0:
            asked = (query[8] << 8 | query[9], query[10] << 8 | query[11])
            if length > 0 and holds_power(*asked):
                for offset, word in enumerate(journal.answer()):
                    registers[POWER - LOADS + offset] = word
            if length > 0 and library.modbus_reply(context, query, length, mapping) < 0:
                break
        library.modbus_close(context)


if __name__ == "__main__":
    kind, port, log, first_value, late_share = sys.argv[1:]
    journal = Journal(log, int(first_value), float(late_share))
    if kind == "pymodbus":
        asyncio.run(pymodbus(int(port), journal))
    else:
        libmodbus(int(port), journal)
