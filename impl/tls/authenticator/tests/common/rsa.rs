//! RSASSA-PSS by hand (RFC 8017 sections 8.1, 9.1 and B.2.1), for the second
//! implementation: whole numbers as limbs of 32 bits, the least first.

use sha2::{Digest, Sha256};

/// Modulus and private exponent, big-endian.
pub struct PrivateKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl PrivateKey {
    /// From PKCS #8 (RFC 5208) around an RSAPrivateKey (RFC 8017 A.1.2).
    pub fn from_pkcs8(der: &[u8]) -> Self {
        let (_, info, _) = element(der);
        let (_, _version, rest) = element(info);
        let (_, _algorithm, rest) = element(rest);
        let (_, key, _) = element(rest);
        let (_, numbers, _) = element(key);
        let (_, _version, rest) = element(numbers);
        let (_, modulus, rest) = element(rest);
        let (_, _public, rest) = element(rest);
        let (_, exponent, _) = element(rest);
        let positive = |octets: &[u8]| {
            let zeros = octets.iter().take_while(|octet| **octet == 0).count();
            octets[zeros..].to_vec()
        };
        Self {
            modulus: positive(modulus),
            exponent: positive(exponent),
        }
    }

    /// With SHA-256 and the given salt of 32 octets, so that the signature is
    /// the same each time.
    pub fn sign_pss_sha256(&self, message: &[u8], salt: [u8; 32]) -> Vec<u8> {
        let length = self.modulus.len();
        let digest = Sha256::digest(message);
        let h = Sha256::digest([&[0; 8], &*digest, &salt].concat());
        let mut db = vec![0; length - 32 - 1 - 32 - 1];
        db.push(1);
        db.extend_from_slice(&salt);
        for (octet, mask) in db.iter_mut().zip(mgf1(&h, length - 32 - 1)) {
            *octet ^= mask;
        }
        db[0] &= 0x7f; // a modulus of 8n bits leaves one bit less for the encoding
        let encoded = [&db, &*h, &[0xbc]].concat();
        power(&encoded, &self.exponent, &self.modulus)
    }
}

fn mgf1(seed: &[u8], length: usize) -> Vec<u8> {
    (0u32..)
        .flat_map(|counter| Sha256::digest([seed, &counter.to_be_bytes()].concat()))
        .take(length)
        .collect()
}

/// Tag, content and rest of a DER element.
fn element(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (tag, first) = (der[0], usize::from(der[1]));
    let (length, start) = if first < 0x80 {
        (first, 2)
    } else {
        let count = first & 0x7f;
        let length = der[2..2 + count]
            .iter()
            .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        (length, 2 + count)
    };
    (tag, &der[start..start + length], &der[start + length..])
}

/// `base` to the `exponent` modulo an odd `modulus` of a multiple of 32 bits.
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let n = limbs(modulus);
    let inverse = (0..5).fold(1u32, |x, _| {
        x.wrapping_mul(2u32.wrapping_sub(n[0].wrapping_mul(x)))
    });
    // R modulo n and R squared modulo n, by doubling from one.
    let mut one = vec![0; n.len()];
    one[0] = 1;
    let bits = 32 * n.len();
    let r = (0..bits).fold(one, |x, _| double(&x, &n));
    let r2 = (0..bits).fold(r.clone(), |x, _| double(&x, &n));
    let base = montgomery(&limbs(base), &r2, &n, inverse);
    let mut result = r;
    for octet in exponent {
        for bit in (0..8).rev() {
            result = montgomery(&result, &result, &n, inverse);
            if octet >> bit & 1 == 1 {
                result = montgomery(&result, &base, &n, inverse);
            }
        }
    }
    let mut one = vec![0; n.len()];
    one[0] = 1;
    let result = montgomery(&result, &one, &n, inverse);
    result.iter().rev().flat_map(|l| l.to_be_bytes()).collect()
}

fn limbs(octets: &[u8]) -> Vec<u32> {
    octets
        .rchunks(4)
        .map(|chunk| {
            chunk
                .iter()
                .fold(0, |sum, octet| sum << 8 | u32::from(*octet))
        })
        .collect()
}

/// `a * b / R` modulo `n`.
fn montgomery(a: &[u32], b: &[u32], n: &[u32], inverse: u32) -> Vec<u32> {
    let size = n.len();
    let mut t = vec![0u32; size + 2];
    for &digit in a {
        add_product(&mut t, digit, b);
        let m = t[0].wrapping_mul(inverse.wrapping_neg());
        add_product(&mut t, m, n);
        t.remove(0); // it is zero
        t.push(0);
    }
    t.truncate(size + 1);
    reduce(t, n)
}

/// `t += digit * b`.
fn add_product(t: &mut [u32], digit: u32, b: &[u32]) {
    let (low, high) = t.split_at_mut(b.len());
    let mut carry = 0u64;
    for (limb, factor) in low.iter_mut().zip(b) {
        carry += u64::from(*limb) + u64::from(digit) * u64::from(*factor);
        *limb = carry as u32;
        carry >>= 32;
    }
    for limb in high {
        carry += u64::from(*limb);
        *limb = carry as u32;
        carry >>= 32;
    }
}

fn double(a: &[u32], n: &[u32]) -> Vec<u32> {
    let mut carry = 0;
    let mut doubled: Vec<u32> = a
        .iter()
        .map(|limb| {
            let out = limb << 1 | carry;
            carry = limb >> 31;
            out
        })
        .collect();
    doubled.push(carry);
    reduce(doubled, n)
}

/// Less than twice `n`, with one limb more, to less than `n`.
fn reduce(mut t: Vec<u32>, n: &[u32]) -> Vec<u32> {
    let mut difference = Vec::with_capacity(t.len());
    let mut borrow = 0i64;
    for (i, limb) in t.iter().enumerate() {
        let part = i64::from(*limb) - n.get(i).map_or(0, |n| i64::from(*n)) + borrow;
        difference.push(part as u32);
        borrow = part >> 32;
    }
    if borrow == 0 {
        t = difference;
    }
    t.truncate(n.len());
    t
}
