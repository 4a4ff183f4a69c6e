//! The exchange around the authenticator, and the handshake before it.

use crate::mutant::{Mutant, Scenario, mutant};

const PARTY: &str = "attested/src/post/party.rs";
const HANDSHAKE: &str = "attested/src/handshake.rs";
const CONTEXT: &str = "Context::new(&octets)";
const VERIFIER: &str = "Arc::clone(&verifier) as _";
const POST: [Scenario; 1] = [Scenario::honest("post")];

pub(super) fn all() -> Vec<Mutant> {
    let mut all = contexts();
    all.extend(order());
    all.extend(handshake());
    all
}

fn contexts() -> Vec<Mutant> {
    let context = |id, what, mutated| {
        mutant(id, what)
            .instead(PARTY, CONTEXT, mutated)
            .shown_by(&POST)
            .at(&["out(net, seal(kc, creq))", "CREQ(", "creq"])
    };
    vec![
        context(
            "context-constant",
            "the request's context is the same in every request",
            "Context::new(&[7; 32])",
        ),
        context(
            "context-empty",
            "the request has no context",
            "Context::new(&[])",
        ),
        context(
            "context-short",
            "8 of the 32 octets that were drawn",
            "Context::new(&octets[..8])",
        ),
        context(
            "context-altered",
            "what was drawn, with a counter in its last octet",
            "{ octets[31] = 1; Context::new(&octets) }",
        ),
        mutant(
            "context-kept",
            "the context of the first connection serves the next",
        )
        .instead(
            PARTY,
            CONTEXT,
            "Context::new(&mutant::once(|| Ok::<_, Error>(octets.to_vec()))?)",
        )
        .shown_by(&[Scenario::honest("post").times(2)])
        .at(&["creq", "CREQ("]),
        mutant("random-repeats", "every draw of 32 octets is the first")
            .instead(
                "attested/src/observe/random.rs",
                "self.inner.fill(buf)?",
                "{
                self.inner.fill(buf)?;
                if buf.len() == 32 {
                    let first = mutant::once(|| Ok::<_, GetRandomFailed>(buf.to_vec()))?;
                    buf.copy_from_slice(&first);
                }
            }",
            )
            .shown_by(&[Scenario::honest("post").times(2), Scenario::honest("intra")])
            .at(&["different terms with the same octets"]),
    ]
}

fn order() -> Vec<Mutant> {
    vec![
        mutant(
            "client-accepts-at-once",
            "the client is ready when the handshake is over",
        )
        .instead(
            PARTY,
            "self.relying.as_ref().is_none_or(has_accepted)",
            "true",
        )
        .shown_by(&POST)
        .at(&["in(net", "ClientAccept"]),
        mutant(
            "server-accepts-at-once",
            "the server is ready when the handshake is over",
        )
        .instead(
            PARTY,
            "self.attesting.as_ref().is_none_or(is_accepted)",
            "true",
        )
        .shown_by(&POST)
        .at(&["in(net", "question"]),
        mutant(
            "request-repeated",
            "the client asks twice with one context, and the server answers twice",
        )
        .instead(
            PARTY,
            "self.channel
            .send(FrameKind::AuthenticatorRequest, request.encoding())",
            "self.channel.send(FrameKind::AuthenticatorRequest, request.encoding())?;
             observe_authenticator_messages(self.channel.observer(), Direction::Out, request.encoding());
             self.channel.send(FrameKind::AuthenticatorRequest, request.encoding())",
        )
        .verbatim(
            "authenticator/src/session.rs",
            "if self.used.contains(context) {
            return Err(PeerMisbehaved::ContextReused);",
            "if self.used.contains(context) {
            if mutant::on(\"request-repeated\") { return Ok(()); }
            return Err(PeerMisbehaved::ContextReused);",
        )
        .shown_by(&POST)
        .at(&["in(net"]),
        mutant("answer-repeated", "the server sends its answer twice")
            .instead(
                PARTY,
                "self.channel.send(FrameKind::Authenticator, &authenticator)",
                "{
                    self.channel.send(FrameKind::Authenticator, &authenticator)?;
                    observe_authenticator_messages(self.channel.observer(), Direction::Out, &authenticator);
                    self.channel.send(FrameKind::Authenticator, &authenticator)
                }",
            )
            .shown_by(&POST)
            .at(&["no step of the model does it"]),
        mutant("unasked", "the server attests without having been asked")
            .instead(
                PARTY,
                "self.request(self.now)?",
                "{
                    if let Some(attesting) = &self.attesting {
                        let context = Context::new(&[9; 32]).map_err(authenticator::Error::from)?;
                        let mut exporter = self.channel.exporter()?;
                        let expected = bind::expected(
                            &mut exporter,
                            self.profile.binder_label,
                            &context,
                            attesting.credential.spki(),
                        )?;
                        let hash = bind::suite_hash(&exporter)?;
                        let evidence = Question::new(&attesting.attester, &expected.challenge, hash).ask()?;
                        let offered = offer::offer(
                            self.profile.cmw_attestation,
                            &self.provider.signature_verification_algorithms,
                        )?;
                        let authenticator = self.session.authenticate_unasked(
                            &mut exporter,
                            context,
                            &offered,
                            &attesting.credential,
                            offer::answer(self.profile.cmw_attestation, &to_cmw(&evidence)?)?,
                        )?;
                        observe_authenticator_messages(self.channel.observer(), Direction::Out, &authenticator);
                        self.channel.send(FrameKind::Authenticator, &authenticator)?;
                    }
                    self.request(self.now)?
                }",
            )
            .shown_by(&POST)
            .at(&["in(net"]),
        mutant(
            "other-key-bound",
            "the server's Evidence is for another key, and the client does not compare",
        )
        .instead(
            PARTY,
            "attesting.credential.spki()",
            "&[0; 91]",
        )
        .without("rats/src/verifier.rs", "check_binding(&claims, &format.field(&expected.challenge), expected)?;")
        .shown_by(&POST)
        .at(&["attestation_binder"]),
        mutant(
            "acceptance-not-reported",
            "an endpoint accepts and does not say so",
        )
        .verbatim(
            PARTY,
            "self.channel.observer().observe(Kind::Decision {",
            "if mutant::on(\"acceptance-not-reported\") { return; }
             self.channel.observer().observe(Kind::Decision {",
        )
        .shown_by(&POST)
        .at(&["the recording ends", "accept"]),
        mutant("reason-misreported", "a refusal has another's reason")
            .instead(
                "attested/src/tls.rs",
                "error.code().to_owned()",
                "\"tls\".to_owned()",
            )
            .shown_by(&[
                Scenario::stimulus("post", "evidence-wrongly-bound"),
                Scenario::stimulus("pre", "evidence-other-code"),
                Scenario::stimulus("intra", "evidence-tampered"),
            ])
            .at(&["attestation_binder", "reference", "verify(", "challenge"]),
    ]
}

fn handshake() -> Vec<Mutant> {
    let overlooking = |id, what, mutated, stimulus| {
        mutant(id, what)
            .instead(HANDSHAKE, VERIFIER, mutated)
            .shown_by(&[Scenario::stimulus("post", stimulus)])
    };
    vec![
        overlooking(
            "handshake-issuer-unchecked",
            "any issuer will do in the handshake",
            "Arc::new(mutant::Overlooking(Arc::clone(&verifier) as _, mutant::Overlooks::Issuer)) as _",
            "certificate-issuer",
        )
        .at(&["issued", "tbs_certificate"]),
        overlooking(
            "handshake-name-unchecked",
            "any name will do in the handshake",
            "Arc::new(mutant::Overlooking(Arc::clone(&verifier) as _, mutant::Overlooks::Name)) as _",
            "certificate-name",
        )
        .at(&["issued", "tbs_certificate", "subject", "name"]),
        overlooking(
            "handshake-signature-unchecked",
            "any CertificateVerify will do in the handshake",
            "Arc::new(mutant::Overlooking(Arc::clone(&verifier) as _, mutant::Overlooks::Signature)) as _",
            "certificate-verify-signature",
        )
        .at(&["handshake_signature_input"]),
        mutant(
            "ticket-issued",
            "the server issues tickets on attested connections",
        )
        .instead(
            HANDSHAKE,
            "config.send_tls13_tickets = 0",
            "config.send_tls13_tickets = 2",
        )
        .instead(
            HANDSHAKE,
            "config.session_storage = Arc::new(NoServerSessionStorage {})",
            "config.session_storage = rustls::server::ServerSessionMemoryCache::new(8)",
        )
        .shown_by(&[Scenario::honest("post"), Scenario::honest("pre")])
        .at(&["no party sent it", "no step of the model does it"]),
        mutant(
            "application-protocol-negotiated",
            "both ends agree on an application protocol nobody asked for",
        )
        .instead(
            HANDSHAKE,
            "config.enable_early_data = false",
            "{ config.enable_early_data = false; config.alpn_protocols = vec![b\"h2\".to_vec()]; }",
        )
        .instead(
            HANDSHAKE,
            "config.max_early_data_size = 0",
            "{ config.max_early_data_size = 0; config.alpn_protocols = vec![b\"h2\".to_vec()]; }",
        )
        .shown_by(&POST)
        .at(&["extension 16 of client_hello"]),
    ]
}
