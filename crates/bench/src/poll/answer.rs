//! The answering loop: what a gateway costs is not what is measured, so it does as little as it
//! can, and the same for whoever asks.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::frames::{Answers, REQUEST_BYTES};

/// Listens on all loopback addresses, says where, and answers until it is ended.
pub fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("0.0.0.0", 0)).await?;
        println!("{}", listener.local_addr()?);
        for connection in 0.. {
            let (stream, _) = listener.accept().await?;
            // Whoever hangs up has had its turn.
            tokio::spawn(serve(stream, Answers::new(connection)));
        }
        Ok(())
    })
}

async fn serve(mut stream: TcpStream, mut answers: Answers) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = [0; REQUEST_BYTES];
    loop {
        stream.read_exact(&mut request).await?;
        stream.write_all(answers.next(&request)).await?;
    }
}
