"""A server of pymodbus, for Modbus TCP (`tcp`) or at a serial port (`rtu PATH BAUD_RATE`).

Registers come as one line of JSON on standard input ({"<unit id>": {"<first address>": [words]}}).
When it is ready the TCP port goes to standard output, or 0."""

import asyncio
import json
import sys

from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


async def main(kind: str, *line: str) -> None:
    units = json.loads(sys.stdin.readline())
    devices = [
        SimDevice(
            int(unit),
            [
                SimData(int(start), values=words, datatype=DataType.REGISTERS)
                for start, words in sorted(blocks.items(), key=lambda block: int(block[0]))
            ],
        )
        for unit, blocks in units.items()
    ]
    if kind == "tcp":
        server = ModbusTcpServer(devices, address=("127.0.0.1", 0))
        await server.listen()
        port = server.transport.sockets[0].getsockname()[1]
    else:
        path, baud_rate = line
        server = ModbusSerialServer(devices, port=path, baudrate=int(baud_rate))
        await server.listen()
        port = 0
    print(port, flush=True)
    await server.serving


asyncio.run(main(*sys.argv[1:]))
