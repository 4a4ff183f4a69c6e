//! Collateral: TCB information and the Quoting Enclave's identity, as Intel's
//! Provisioning Certification Service gives them, version 3 of the TCB
//! information.

use rcgen::KeyUsagePurpose;
use serde_json::json;

use super::key::Key;
use super::quote::{QE_ATTRIBUTES, QE_ISV_SVN, QE_MR_SIGNER};
use super::{CPU_SVN, FMSPC, PCE_SVN, Root, named};

/// From when to when collateral is valid, as `YYYY-MM-DDThh:mm:ssZ`.
#[derive(Clone, Debug)]
pub struct Dates {
    pub issued: String,
    pub next_update: String,
}

/// What the collateral says of the platforms here.
#[derive(Clone, Debug)]
pub struct Shape {
    pub dates: Dates,
    /// `UpToDate`, `OutOfDate`, ...
    pub status: String,
    pub advisories: Vec<String>,
    /// For platforms of another FMSPC than ours, if any.
    pub fmspc: [u8; 6],
}

impl Shape {
    /// Everything up to date.
    pub fn up_to_date(issued: &str, next_update: &str) -> Self {
        Self {
            dates: Dates {
                issued: issued.to_owned(),
                next_update: next_update.to_owned(),
            },
            status: "UpToDate".to_owned(),
            advisories: Vec::new(),
            fmspc: FMSPC,
        }
    }
}

impl Root {
    /// Signed collateral, JSON.
    ///
    /// # Errors
    /// What the certificate library says.
    pub fn collateral(&self, shape: &Shape) -> Result<Vec<u8>, rcgen::Error> {
        let signer = Key::derive(&self.seed, "tdx tcb signer");
        let mut params = named("Laboratory TDX TCB Signing", 3);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&signer, &self.issuer)?;
        let signers = [certificate.pem(), self.certificate.pem()].concat();
        let tcb_info = tcb_info(shape);
        let identity = qe_identity(&shape.dates);
        let authorities = [self.platform_ca_certificate.pem(), self.certificate.pem()];
        let signed = |text: &str| hex::encode(signer.sign_raw(text.as_bytes()));
        let collateral = json!({
            "pck_crl_issuer_chain": authorities.concat(),
            "root_ca_crl": hex::encode(self.revocation_list(&self.issuer)?),
            "pck_crl": hex::encode(self.revocation_list(&self.platform_ca)?),
            "tcb_info_issuer_chain": signers,
            "tcb_info": tcb_info,
            "tcb_info_signature": signed(&tcb_info),
            "qe_identity_issuer_chain": signers,
            "qe_identity": identity,
            "qe_identity_signature": signed(&identity),
        });
        Ok(collateral.to_string().into_bytes())
    }
}

/// One level: the platforms here, in the state of `shape`.
fn tcb_info(shape: &Shape) -> String {
    let components = |svns: [u8; 16]| svns.map(|svn| json!({ "svn": svn })).to_vec();
    let zeros = hex::encode([0; 48]);
    json!({
        "id": "TDX",
        "version": 3,
        "issueDate": shape.dates.issued,
        "nextUpdate": shape.dates.next_update,
        "fmspc": hex::encode_upper(shape.fmspc),
        "pceId": "0000",
        "tcbType": 0,
        "tcbEvaluationDataNumber": 17,
        "tdxModule": {
            "mrsigner": zeros,
            "attributes": hex::encode([0; 8]),
            "attributesMask": hex::encode([0xff; 8]),
        },
        "tcbLevels": [{
            "tcb": {
                "sgxtcbcomponents": components(CPU_SVN),
                "pcesvn": PCE_SVN,
                "tdxtcbcomponents": components([0; 16]),
            },
            "tcbDate": "2024-03-13T00:00:00Z",
            "tcbStatus": shape.status,
            "advisoryIDs": shape.advisories,
        }],
    })
    .to_string()
}

fn qe_identity(dates: &Dates) -> String {
    json!({
        "id": "TD_QE",
        "version": 2,
        "issueDate": dates.issued,
        "nextUpdate": dates.next_update,
        "tcbEvaluationDataNumber": 17,
        "miscselect": "00000000",
        "miscselectMask": "ffffffff",
        "attributes": hex::encode(QE_ATTRIBUTES),
        "attributesMask": "fbffffffffffffff0000000000000000",
        "mrsigner": hex::encode(QE_MR_SIGNER),
        "isvprodid": 2,
        "tcbLevels": [{
            "tcb": { "isvsvn": QE_ISV_SVN },
            "tcbDate": "2024-03-13T00:00:00Z",
            "tcbStatus": "UpToDate",
        }],
    })
    .to_string()
}
