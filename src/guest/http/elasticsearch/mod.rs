//! The server of the `elasticsearch:2` image: it answers on port 9200 what a node of that version answers while it holds no
//! document, and says so where more is asked for.

mod answers;
mod identity;

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

use super::super::{Call, errno, time};
use identity::Node;

/// Where a node serves its REST interface.
const PORT: u16 = 9200;
/// Clients served at a time; more wait in the kernel's queue.
const MOST_CLIENTS: usize = 256;
/// How long a client may take for its request's head.
const HEAD: Duration = Duration::from_secs(30);
/// What a Java program's status is after SIGTERM.
const TERMINATED: i32 = 143;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime.and_then(|runtime| runtime.block_on(serve(Node::of_this_host())));
    match result {
        Ok(status) => status,
        Err(error) => {
            call.complain(format_args!("can't serve on port {PORT}: {}", errno::words(&error)));
            1
        }
    }
}

async fn serve(node: Node) -> io::Result<i32> {
    let node = Arc::new(node);
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let version = format!(
        "version[2.4.6], pid[{}], build[5376dca/2017-07-18T12:17:44Z]",
        std::process::id()
    );
    log(&node, "node", &version);
    log(
        &node,
        "node",
        "the lab's own small server, in Elasticsearch's place: it keeps no documents",
    );
    log(&node, "node", "initializing ...");
    log(&node, "node", "initialized");
    log(&node, "node", "starting ...");
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    let own = own_address();
    let cluster = format!(
        "new_master {{{}}}{{{}}}{{{own}}}{{{own}:9300}}, reason: elected_as_master",
        node.name, node.id
    );
    log(&node, "cluster.service", &cluster);
    let bound = format!("publish_address {{{own}:{PORT}}}, bound_addresses {{0.0.0.0:{PORT}}}");
    log(&node, "http", &bound);
    log(&node, "node", "started");
    let room = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = term.recv() => break,
            _ = interrupt.recv() => break,
        };
        let Ok((stream, _)) = accepted else {
            // A client that is gone again, or no descriptor left: neither ends a server.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            break;
        };
        let node = Arc::clone(&node);
        tokio::spawn(async move {
            let service = service_fn(move |request| std::future::ready(Ok::<_, Infallible>(answer(&node, &request))));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .title_case_headers(true)
                .auto_date_header(false)
                .serve_connection(TokioIo::new(stream), service);
            // What a client sends wrongly hyper answers itself; how its connection ends concerns nobody else.
            let _ = connection.await;
            drop(permit);
        });
    }
    for step in ["stopping ...", "stopped", "closing ...", "closed"] {
        log(&node, "node", step);
    }
    Ok(TERMINATED)
}

fn answer(node: &Node, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let found = answers::to(node, request.method().as_str(), &path, &query, time::now());
    let mut response = Response::new(Full::new(Bytes::from(found.body)));
    *response.status_mut() = found.status;
    if let Ok(kind) = found.content_type.parse() {
        response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    }
    response
}

/// `[2026-11-24 04:45:18,123][INFO ][node                     ] [Amber Falcon] started`.
fn log(node: &Node, logger: &str, message: &str) {
    let millis = std::time::UNIX_EPOCH.elapsed().map_or(0, |now| now.subsec_millis());
    let when = time::civil(time::now()).iso();
    let line = format!("[{when},{millis:03}][INFO ][{logger:<25}] [{}] {message}\n", node.name);
    let mut out = io::stdout();
    let _ = out.write_all(line.as_bytes());
    let _ = out.flush();
}

/// The address others reach this container at; the loopback's where it has no other.
fn own_address() -> IpAddr {
    // A datagram socket that is connected sends nothing; the kernel only chooses its address.
    let chosen = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 9)))?;
        socket.local_addr()
    });
    chosen.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}
