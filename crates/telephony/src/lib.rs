//! The way into the telephone network: SIP and RTP.
