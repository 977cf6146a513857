use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::Clock;
use profiles::Catalogue;
use tokio::sync::watch;

use super::revisions::{self, NextIds, Revision};
use super::{Site, SiteDocument, SiteMistake};
use crate::config_db::{ConfigDb, ConfigDbError};

/// A site and the number of its saved state; 0 before the first.
#[derive(Debug, Clone)]
pub struct SavedSite {
    pub site: Arc<Site>,
    pub revision: i64,
}

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
    #[error("another configuration came into force meanwhile")]
    ChangedMeanwhile {
        /// Number of the one that is in force; 0 before the first.
        revision: i64,
        /// Who saved it when, where it was saved at all.
        saved: Option<Revision>,
    },
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
            .with("reading the configuration", revisions::newest)
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

    /// The site and the number of its saved state, of the same moment.
    pub async fn saved(&self) -> SavedSite {
        let _turn = self.editing.lock().await;
        self.in_force()
    }

    /// While nobody edits.
    fn in_force(&self) -> SavedSite {
        SavedSite {
            site: self.site(),
            revision: self.revision(),
        }
    }

    /// Follows the site.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Site>> {
        self.site.subscribe()
    }

    /// All saved states, the newest first.
    pub async fn revisions(&self) -> Result<Vec<Revision>, SiteStoreError> {
        Ok(self
            .db
            .with("listing the saved configurations", revisions::all)
            .await?)
    }

    /// The document of a saved state, as it was saved; `None` where there is no such state.
    pub async fn document_of(&self, revision: i64) -> Result<Option<String>, SiteStoreError> {
        Ok(self
            .db
            .with("reading a saved configuration", move |transaction| {
                revisions::document_of(transaction, revision)
            })
            .await?)
    }

    /// Ids for what is added next.
    pub async fn next_ids(&self) -> Result<NextIds, SiteStoreError> {
        Ok(self
            .db
            .with("looking for free ids", revisions::next_ids)
            .await?)
    }

    /// Puts a document in place of the present one, all or nothing: it is saved as a new
    /// revision before anything acts on it. Answers the one replaced, then the new one.
    ///
    /// # Errors
    ///
    /// With `instead_of`, [`SiteStoreError::ChangedMeanwhile`] unless that is the revision in
    /// force: nobody overwrites what he has not seen.
    pub async fn replace(
        &self,
        document: SiteDocument,
        saved_by: String,
        instead_of: Option<i64>,
    ) -> Result<(SavedSite, SavedSite), SiteStoreError> {
        let _turn = self.editing.lock().await;
        let former = self.in_force();
        let revision = former.revision;
        if instead_of.is_some_and(|seen| seen != revision) {
            let saved = self
                .db
                .with("reading who saved the configuration", move |transaction| {
                    revisions::one(transaction, revision)
                })
                .await?;
            return Err(SiteStoreError::ChangedMeanwhile { revision, saved });
        }
        Ok((former, self.save(document, saved_by).await?))
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
        Ok(self.save(document, saved_by).await?.site)
    }

    async fn save(
        &self,
        document: SiteDocument,
        saved_by: String,
    ) -> Result<SavedSite, SiteStoreError> {
        let site =
            Arc::new(Site::check(document, &self.catalogue).map_err(SiteStoreError::Mistakes)?);
        let saved_at = self.clock.now();
        let saving = Arc::clone(&site);
        let revision = self
            .db
            .with("saving the configuration", move |transaction| {
                let document = saving.document();
                let text = serde_json::to_string(document)
                    .expect("a document has only text keys and finite numbers");
                revisions::append(transaction, saved_at, &saved_by, document, &text)
            })
            .await?;
        self.revision.store(revision, Ordering::SeqCst);
        self.site.send_replace(Arc::clone(&site));
        Ok(SavedSite { site, revision })
    }
}
