//! The one task that keeps a lab's state current.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::EventMessage;
use bollard::query_parameters::{EventsOptionsBuilder, ListContainersOptionsBuilder};
use futures_util::StreamExt;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, StatusCode};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::error::LabError;
use super::fold::{Fold, Touched};
use super::state::{BackendInfo, BackendKind, LabState};
use super::transport::Backend;
use crate::observe::Observation;

/// News that may wait to be folded in.
const NEWS: usize = 256;
/// Waits between attempts to find a lost backend again; the last one repeats.
const RETRIES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

type Published = watch::Receiver<Arc<LabState>>;

/// Connects, looks at everything once, and leaves a task that follows.
pub(super) async fn start(backend: Backend) -> Result<(Docker, Published, JoinHandle<()>), LabError> {
    let place = backend.place();
    let not_an_engine = |source| LabError::new(place.clone(), source);
    let docker = backend.docker().await?;
    let version = docker.version().await.map_err(not_an_engine)?;
    let observations = observations(&backend).await;
    let info = BackendInfo {
        kind: if observations.is_some() {
            BackendKind::Builtin
        } else {
            BackendKind::Docker
        },
        version: version.version.unwrap_or_default(),
        api: docker.client_version().to_string(),
    };
    let mut watcher = Watcher {
        backend,
        docker,
        fold: Fold::new(info),
        state: None,
    };
    let news = watcher.news(observations).await.map_err(not_an_engine)?;
    let first = watcher.fold.changed().unwrap_or_default();
    let (sender, receiver) = watch::channel(first);
    watcher.state = Some(sender);
    let docker = watcher.docker.clone();
    Ok((docker, receiver, tokio::spawn(watcher.follow(news))))
}

/// What keeps coming.
struct News {
    events: mpsc::Receiver<Result<EventMessage, Error>>,
    observations: mpsc::Receiver<Observation>,
    /// Ends with the news: an idle stream would otherwise keep its connection.
    _readers: JoinSet<()>,
}

struct Watcher {
    backend: Backend,
    docker: Docker,
    fold: Fold,
    state: Option<watch::Sender<Arc<LabState>>>,
}

impl Watcher {
    /// Subscribes first and looks second, so that nothing falls between.
    async fn news(&mut self, observations: Option<Incoming>) -> Result<News, Error> {
        let mut readers = JoinSet::new();
        let (event_sender, events) = mpsc::channel(NEWS);
        let (observation_sender, observation_receiver) = mpsc::channel(NEWS);
        readers.spawn(read_events(self.docker.clone(), event_sender));
        if let Some(body) = observations {
            readers.spawn(read_observations(body, observation_sender));
        }
        self.look_at_everything().await?;
        Ok(News {
            events,
            observations: observation_receiver,
            _readers: readers,
        })
    }

    async fn look_at_everything(&mut self) -> Result<(), Error> {
        let networks = self.docker.list_networks(None).await?;
        let all = ListContainersOptionsBuilder::new().all(true).build();
        let containers = self.docker.list_containers(Some(all)).await?;
        self.fold.start_over();
        let networks = networks
            .into_iter()
            .filter_map(|network| network.id)
            .map(Touched::Network);
        let containers = containers
            .into_iter()
            .filter_map(|container| container.id)
            .map(Touched::Container);
        for touched in networks.chain(containers).collect::<Vec<_>>() {
            self.look_at(&touched).await?;
        }
        Ok(())
    }

    /// Inspects one object: a list says less than an inspection, and says it of everything.
    async fn look_at(&mut self, touched: &Touched) -> Result<(), Error> {
        let found = match touched {
            Touched::Network(id) => self
                .docker
                .inspect_network(id, None)
                .await
                .map(|network| self.fold.network(network)),
            Touched::Container(id) => self
                .docker
                .inspect_container(id, None)
                .await
                .map(|container| self.fold.container(container)),
        };
        match found {
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => {
                self.fold.gone(touched);
                Ok(())
            }
            found => found,
        }
    }

    async fn follow(mut self, news: News) {
        let mut news = news;
        loop {
            let reason = self.follow_until_lost(&mut news).await;
            tracing::warn!(%reason, "lost the backend");
            self.fold.lost(Some(reason));
            self.publish();
            match self.find_again().await {
                Some(found) => news = found,
                None => return,
            }
            self.fold.lost(None);
            self.publish();
        }
    }

    /// Why it was lost.
    async fn follow_until_lost(&mut self, news: &mut News) -> String {
        loop {
            let folded = tokio::select! {
                event = news.events.recv() => match event {
                    Some(event) => self.fold_events(event, &mut news.events).await,
                    None => return "the event stream ended".into(),
                },
                Some(observation) = news.observations.recv() => {
                    self.fold.clock(i64::try_from(since_epoch().as_nanos()).unwrap_or(i64::MAX));
                    self.fold.observe(observation);
                    while let Ok(more) = news.observations.try_recv() {
                        self.fold.observe(more);
                    }
                    Ok(())
                }
            };
            if let Err(error) = folded {
                return error.to_string();
            }
            self.publish();
        }
    }

    /// Folds an event and all that have arrived behind it: a burst looks once at each object it touched.
    async fn fold_events(
        &mut self,
        first: Result<EventMessage, Error>,
        events: &mut mpsc::Receiver<Result<EventMessage, Error>>,
    ) -> Result<(), Error> {
        let mut batch = vec![first?];
        while let Ok(event) = events.try_recv() {
            batch.push(event?);
        }
        let mut looked_at = HashSet::new();
        for touched in batch.iter().filter_map(Fold::touched) {
            if looked_at.insert(touched.clone()) {
                self.look_at(&touched).await?;
            }
        }
        for event in &batch {
            self.fold.happened(event);
        }
        Ok(())
    }

    fn publish(&mut self) {
        if let (Some(state), Some(sender)) = (self.fold.changed(), &self.state) {
            sender.send_replace(state);
        }
    }

    /// A real Engine may come back; the built-in one that handed out streams does not.
    async fn find_again(&mut self) -> Option<News> {
        let mut waits = RETRIES.into_iter().chain(std::iter::repeat(RETRIES[RETRIES.len() - 1]));
        loop {
            tokio::time::sleep(waits.next()?).await;
            let observations = observations(&self.backend).await;
            if let Ok(news) = self.news(observations).await {
                return Some(news);
            }
            if matches!(self.backend, Backend::Streams(_)) {
                return None;
            }
        }
    }
}

/// The built-in engine's observations; a real Engine has none.
pub(super) async fn observations(backend: &Backend) -> Option<Incoming> {
    let request = Request::get("/lab/observations")
        .header("host", "cnm")
        .body(Empty::<Bytes>::new())
        .ok()?;
    let response = backend.send(request).await.ok()?;
    (response.status() == StatusCode::OK).then(|| response.into_body())
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Reads events until the stream or the lab ends.
async fn read_events(docker: Docker, sender: mpsc::Sender<Result<EventMessage, Error>>) {
    // The Engine answers before it has subscribed us; `since` has it repeat what fell between, and what is told twice is
    // only inspected twice.
    let now = since_epoch().as_secs();
    let filters = HashMap::from([("type", vec!["network", "container"])]);
    let options = EventsOptionsBuilder::new()
        .since(&now.to_string())
        .filters(&filters)
        .build();
    let mut events = pin!(docker.events(Some(options)));
    while let Some(event) = events.next().await {
        if sender.send(event).await.is_err() {
            return;
        }
    }
}

/// Reads JSON lines until the stream or the lab ends.
async fn read_observations(mut body: Incoming, sender: mpsc::Sender<Observation>) {
    let mut pending = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        pending.extend_from_slice(&data);
        while let Some(end) = pending.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            match serde_json::from_slice(&line) {
                Ok(observation) => {
                    if sender.send(observation).await.is_err() {
                        return;
                    }
                }
                Err(error) => tracing::warn!(%error, "an observation that cannot be read"),
            }
        }
    }
}
