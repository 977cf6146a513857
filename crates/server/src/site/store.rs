use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::Clock;
use profiles::Catalogue;
use rusqlite::{OptionalExtension, params};
use tokio::sync::watch;

use super::{Site, SiteDocument, SiteMistake};
use crate::config_db::{ConfigDb, ConfigDbError};

/// Saved states that are kept; older ones make room.
const REVISIONS_MAX: i64 = 200;

/// Keeps the site on disk and tells of its changes.
#[derive(Debug)]
pub struct SiteStore {
    db: ConfigDb,
    clock: Arc<dyn Clock>,
    catalogue: Arc<Catalogue>,
    site: watch::Sender<Arc<Site>>,
    /// Number of the saved state that is in force; 0 before the first.
    revision: AtomicI64,
    /// Held by whoever changes the document.
    editing: tokio::sync::Mutex<()>,
}

#[derive(Debug, thiserror::Error)]
pub enum SiteStoreError {
    #[error("the configuration has {} mistakes, the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Mistakes(Vec<SiteMistake>),
    #[error("the configuration could not be kept")]
    Database(#[from] ConfigDbError),
}

impl SiteStore {
    /// Opens the newest saved state, or an empty site.
    ///
    /// # Errors
    ///
    /// [`SiteStoreError::Mistakes`] when the saved state does not hold any more (a profile that
    /// the program does not have): nothing is polled by half of a configuration.
    pub async fn open(
        db: ConfigDb,
        clock: Arc<dyn Clock>,
        catalogue: Arc<Catalogue>,
    ) -> Result<Self, SiteStoreError> {
        let saved = db
            .with("reading the configuration", |transaction| {
                transaction
                    .query_row(
                        "SELECT revision, document FROM site_revision ORDER BY revision DESC LIMIT 1",
                        [],
                        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
                    )
                    .optional()
            })
            .await?;
        let (revision, document) = match saved {
            Some((revision, text)) => {
                let document = SiteDocument::from_json(text.as_bytes())
                    .map_err(|mistake| SiteStoreError::Mistakes(vec![mistake]))?;
                (revision, document)
            }
            None => (0, SiteDocument::empty()),
        };
        let site = Site::check(document, &catalogue).map_err(SiteStoreError::Mistakes)?;
        Ok(Self {
            db,
            clock,
            catalogue,
            site: watch::Sender::new(Arc::new(site)),
            revision: AtomicI64::new(revision),
            editing: tokio::sync::Mutex::default(),
        })
    }

    /// The site as it is now.
    pub fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site.borrow())
    }

    /// Grows with every change of the site; at least that of a site seen before the call.
    pub fn revision(&self) -> i64 {
        self.revision.load(Ordering::SeqCst)
    }

    /// Follows the site.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Site>> {
        self.site.subscribe()
    }

    /// Puts a document in place of the present one, all or nothing: it is saved as a new
    /// revision before anything acts on it.
    pub async fn replace(
        &self,
        document: SiteDocument,
        saved_by: String,
    ) -> Result<Arc<Site>, SiteStoreError> {
        let _turn = self.editing.lock().await;
        self.save(document, saved_by).await
    }

    /// Changes the present document, all or nothing; nobody else changes it meanwhile.
    pub async fn edit(
        &self,
        change: impl FnOnce(&mut SiteDocument) -> Result<(), SiteMistake> + Send,
        saved_by: String,
    ) -> Result<Arc<Site>, SiteStoreError> {
        let _turn = self.editing.lock().await;
        let mut document = self.site().document().clone();
        change(&mut document).map_err(|mistake| SiteStoreError::Mistakes(vec![mistake]))?;
        self.save(document, saved_by).await
    }

    async fn save(
        &self,
        document: SiteDocument,
        saved_by: String,
    ) -> Result<Arc<Site>, SiteStoreError> {
        let site =
            Arc::new(Site::check(document, &self.catalogue).map_err(SiteStoreError::Mistakes)?);
        let text = serde_json::to_string(site.document())
            .expect("a document has only text keys and finite numbers");
        let saved_at = self.clock.now().as_second();
        let revision = self
            .db
            .with("saving the configuration", move |transaction| {
                transaction.execute(
                    "INSERT INTO site_revision (saved_at, saved_by, document) VALUES (?1, ?2, ?3)",
                    params![saved_at, saved_by, text],
                )?;
                let revision = transaction.last_insert_rowid();
                transaction.execute(
                    "DELETE FROM site_revision WHERE revision <= (SELECT max(revision) FROM site_revision) - ?1",
                    [REVISIONS_MAX],
                )?;
                Ok(revision)
            })
            .await?;
        self.revision.store(revision, Ordering::SeqCst);
        self.site.send_replace(Arc::clone(&site));
        Ok(site)
    }
}
