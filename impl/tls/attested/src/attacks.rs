//! Attacks on attested channels, and the test that shows each refused.
//!
//! Nothing but this page. Tests are functions of that name in `tests/` of this
//! crate or of the crate named; a test reads the table and looks for them.
//! What a placement does not stand is in [the table of placements](crate).
//!
//! | Attack | Placement | Test |
//! |---|---|---|
//! | replay of Evidence on another connection | pre: within the certificate's age only | `refuses_replay_of_old_evidence` |
//! | the same | intra | `refuses_replay_of_evidence_in_another_connection` |
//! | the same | post | `refuses_wrong_binder` |
//! | replay of Evidence inside a connection | post | `refuses_evidence_of_an_earlier_exchange` |
//! | diversion to another site | post, certificate name | `refuses_wrong_certificate_name` |
//! | another client of the same authority, with the same program | post, client attests | `refuses_a_client_that_the_policy_does_not_name` |
//! | diversion to another machine | pre, intra | `refuses_diversion_to_another_machine` |
//! | diversion to another machine | post | `refuses_clients_by_what_they_run_who_endorses_them_and_which_they_are` |
//! | relay without the key | intra | `refuses_a_relay_without_the_key` |
//! | relay with the leaked key: stands only without the handshake's secret | intra | `a_relay_with_the_leaked_key_passes_nonce_and_key` |
//! | relay with the leaked key | experimental | `refuses_a_relay_with_the_leaked_key_by_the_handshakes_secrets` |
//! | relay with the leaked handshake key, over sockets | post | `refuses_an_authenticator_and_evidence_of_another_connection` in transport |
//! | the same, over QUIC | post | `refuses_an_authenticator_of_another_quic_connection` in transport |
//! | oversized lengths, wrong order, a context twice, over QUIC | post | `refuses_lies_on_the_exchanges_stream` in transport |
//! | attestation of TLS inside one stream of QUIC | post | `refuses_an_endpoint_of_another_connection` in transport |
//! | authenticator of another connection | post | `refuses_another_connections_authenticator` in authenticator |
//! | unsigned, tampered, wrongly bound Evidence | all, three steps | `refuses_unsigned_tampered_and_wrongly_bound_evidence_at_three_steps` |
//! | key substitution | post | `refuses_evidence_for_another_key` |
//! | key substitution | pre | `refuses_evidence_of_another_key` |
//! | copied certificate without its key | pre | `refuses_a_copied_certificate_without_its_key` |
//! | stripping the Evidence | post | `refuses_an_authenticator_without_evidence` |
//! | stripping the Evidence | pre | `refuses_certificates_without_evidence` |
//! | empty authenticator | post | `reports_an_authentic_refusal` |
//! | reflection of one's own Evidence | post, mutual | `refuses_ones_own_evidence` |
//! | reflection of one's own messages | post, mutual | `refuses_a_mirror` |
//! | resumption | all | `refuses_resumption_attempt` |
//! | early data, data before the verdict | post | `refuses_application_data_before_attestation` |
//! | data before the verdict, over QUIC | post | `before_attestation_there_is_one_stream_and_it_takes_no_data` in transport |
//! | extension that was not offered | post | `refuses_unsolicited_cmw_attestation` |
//! | Evidence in a place that is not looked at | post | `refuses_evidence_outside_the_first_entry` |
//! | Evidence twice | pre | `refuses_evidence_in_two_places` |
//! | signature of the handshake as one of an authenticator | post | `refuses_wrong_certificate_verify` |
//! | context collision | post | `refuses_reused_context` |
//! | a second request with one context, over sockets | post | `refuses_a_second_request_with_the_same_context` in transport |
//! | a second answer to one request | post | `refuses_a_second_answer_to_one_request` |
//! | wrapper that crashes its reader | post | `refuses_malformed_evidence` |
//! | oversized lengths | post | `refuses_oversized_lengths_before_their_octets` in transport |
//! | chains of 64 KiB and more | post | `certificates_of_64_kib_are_carried_or_refused` in transport |
//! | truncation | all | `refuses_truncation_at_every_byte` |
//! | truncation, over sockets | post | `refuses_connections_cut_anywhere` in transport |
//! | frames out of order | post | `refuses_the_wrong_order` in transport |
//! | an octet now and then | all | `a_slow_peer_has_the_exchange_and_no_longer` in transport |
//! | a flood instead of new Evidence | post | `a_peer_that_only_sends_data_is_given_up` in transport |
//! | more requests than the environment can answer | post, intra | `a_full_desk_refuses_at_once_and_says_so` in transport |
//! | a clock off by a year | post | `refuses_when_a_clock_is_off_by_a_year` in transport |
//! | stale collateral | all, TDX | `collateral_out_of_its_time_is_refused` in platform |
//! | the same, over sockets | post, TDX | `refuses_stale_collateral_over_sockets` in transport |
//! | a stale Attestation Result | post, again | `refuses_a_stale_result_on_the_same_connection` |
//! | the same, on a new connection | pre | `a_verifier_out_of_reach_does_no_harm_before_the_result_ends` |
//! | an Attestation Result of another channel | post | `a_result_for_another_channel_is_refused` |
//! | Evidence signed for other firmware than the key's | all, SEV-SNP | `a_report_of_other_security_versions_than_its_keys_is_refused` in platform |
//! | one part's Evidence in place of another's | all, collections | `one_part_cannot_stand_in_for_another` in mock-tee |
//! | an attestation given up in between | post, again | `attestation_again_is_cancel_safe` in transport |
//! | certificates outside their validity | pre | `refuses_certificates_outside_their_validity_without_pki_too` |
//! | Evidence stretched over a longer validity | pre | `refuses_evidence_stretched_over_a_longer_validity` |
//! | debuggable programs, foreign roots | post | `refuses_untrusted_roots_and_debuggable_programs` |
//! | another program | post | `refuses_measurement_mismatch` |
//! | change after the verdict | post, again | `refuses_a_server_that_has_changed_since` |
//!
//! Not stood, by design: an attesting environment that signs what it is handed
//! by others than its own TLS endpoint, and one that passes on plaintext.
