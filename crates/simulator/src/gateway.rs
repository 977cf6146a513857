//! One gateway's Modbus TCP server: the devices behind one address, told apart by unit id.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use profiles::{ReadFunction, RegisterWrite, WriteFunction};
use tokio::net::{TcpListener, TcpStream};
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::Server;
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};
use tracing::{debug, warn};

use crate::plant::UnknownUnit;
use crate::running::{DevicePlace, Fault, RunningPlant};
use crate::trouble::TroubledStream;

/// Most words in one read, by the Modbus specification.
const WORDS_MAX: u16 = 125;

/// What the clients of one gateway talk to.
#[derive(Debug, Clone)]
pub(crate) struct GatewayService {
    running: Arc<RunningPlant>,
    /// Index of the gateway in its plant.
    gateway: usize,
}

/// Serves a gateway until the future is dropped, which closes its connections. When connections
/// cannot be accepted, it tries again after `retry_after`.
pub(crate) async fn serve(
    listener: TcpListener,
    running: Arc<RunningPlant>,
    gateway: usize,
    retry_after: Duration,
) {
    let on_connected = |stream: TcpStream, _peer: SocketAddr| {
        // Small answers must not wait for one another. A peer that is gone already is no reason
        // to stop listening.
        let is_there = stream.set_nodelay(true).is_ok();
        let connected = is_there.then(|| {
            let running = Arc::clone(&running);
            let service = GatewayService { running, gateway };
            let running = Arc::clone(&service.running);
            (service, TroubledStream::new(stream, running, gateway))
        });
        std::future::ready(Ok(connected))
    };
    let server = Server::new(listener);
    loop {
        let ended = server
            .serve(&on_connected, |error| debug!(%error, "a client left"))
            .await;
        if let Err(error) = ended {
            warn!(%error, "connections cannot be accepted");
        }
        tokio::time::sleep(retry_after).await;
    }
}

impl Service for GatewayService {
    type Request = SlaveRequest<'static>;
    /// `None` is silence.
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Exception>> + Send>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { service.answer(request).await })
    }
}

impl GatewayService {
    async fn answer(
        &self,
        request: SlaveRequest<'static>,
    ) -> Result<Option<Response>, ExceptionCode> {
        let unit_id = request.slave;
        let Some(place) = self.running.find_in(self.gateway, unit_id) else {
            return match self.running.plant().gateways[self.gateway].unknown_unit {
                UnknownUnit::Exception => Err(ExceptionCode::GatewayTargetDevice),
                UnknownUnit::Silence => Ok(None),
            };
        };
        match self.running.fault(place) {
            // What is wrong with words or bytes comes later on their way.
            Fault::None | Fault::Torn | Fault::Wire(_) => {}
            Fault::Silent => return Ok(None),
            Fault::Delay(delay) => tokio::time::sleep(delay).await,
            Fault::Exception(code) => return Err(ExceptionCode::new(code)),
        }
        match request.request {
            Request::ReadHoldingRegisters(start, count) => self
                .read(place, ReadFunction::Holding, start, count)
                .map(|words| Some(Response::ReadHoldingRegisters(words))),
            Request::ReadInputRegisters(start, count) => self
                .read(place, ReadFunction::Input, start, count)
                .map(|words| Some(Response::ReadInputRegisters(words))),
            Request::WriteSingleRegister(address, word) => self
                .write(place, WriteFunction::Single, address, word)
                .map(|()| Some(Response::WriteSingleRegister(address, word))),
            Request::WriteMultipleRegisters(start, words) => match words[..] {
                [word] => self
                    .write(place, WriteFunction::Multiple, start, word)
                    .map(|()| Some(Response::WriteMultipleRegisters(start, 1))),
                // No device of any profile has two words that are written together.
                _ => Err(ExceptionCode::IllegalDataAddress),
            },
            _ => Err(ExceptionCode::IllegalFunction),
        }
    }

    fn write(
        &self,
        place: DevicePlace,
        function: WriteFunction,
        address: u16,
        word: u16,
    ) -> Result<(), ExceptionCode> {
        let write = RegisterWrite {
            function,
            address,
            word,
        };
        self.running
            .write(place, write)
            .map_err(|code| ExceptionCode::new(code.0))
    }

    fn read(
        &self,
        place: DevicePlace,
        function: ReadFunction,
        start: u16,
        count: u16,
    ) -> Result<Vec<u16>, ExceptionCode> {
        if !(1..=WORDS_MAX).contains(&count) {
            return Err(ExceptionCode::IllegalDataValue);
        }
        let mut words = self
            .running
            .registers(place)
            .read(function, start, count)
            .map_err(|code| ExceptionCode::new(code.0))?;
        match self.running.fault(place) {
            // Nobody is served by a frame that is none.
            Fault::Wire(_) => return Ok(words),
            Fault::Torn => self.running.torn(place, function, start, &mut words),
            _ => {}
        }
        self.running.log_served(place, function, start, &words);
        Ok(words)
    }
}
