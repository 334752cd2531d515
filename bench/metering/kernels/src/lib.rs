//! Kernels: each takes a size and gives a checksum, so that two builds of it can be compared.

// The exports have no memory in common with JavaScript; `no_mangle` is how they get their names.
#![allow(unsafe_code)]

use std::hint::black_box;

use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Rgba};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Fibonacci number `n` by naive recursion: nothing but calls.
#[unsafe(no_mangle)]
pub extern "C" fn fib(n: u32) -> u32 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

/// The first four bytes of the SHA-256 of `kib` KiB.
#[unsafe(no_mangle)]
pub extern "C" fn sha256(kib: u32) -> u32 {
    let data: Vec<u8> = (0..kib * 1024).map(|byte| byte as u8).collect();
    let hash = Sha256::digest(&data);
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// A sum over the product of two `n` by `n` matrices.
#[unsafe(no_mangle)]
pub extern "C" fn matmul(n: u32) -> u32 {
    let n = n as usize;
    let a: Vec<f64> = (0..n * n).map(|i| (i % 7) as f64 + 0.5).collect();
    let b: Vec<f64> = (0..n * n).map(|i| (i % 5) as f64 - 1.5).collect();
    let mut c = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            c[i * n + j] = (0..n).map(|k| a[i * n + k] * b[k * n + j]).sum();
        }
    }
    black_box(&c).iter().enumerate().map(|(i, x)| x * (i % 3) as f64).sum::<f64>() as i64 as u32
}

/// Parses a document of `count` earthquakes and writes it again; the length of the result.
#[unsafe(no_mangle)]
pub extern "C" fn json(count: u32) -> u32 {
    let row = |i: u32| {
        let (magnitude, depth) = (f64::from(i % 90) / 10.0, i % 700);
        format!(
            r#"{{"id":{i},"place":"{} km NNE of T\u014dky\u014d, \"Japan\"","magnitude":{magnitude},"depth":{depth},"tags":["felt",null,true]}}"#,
            i % 300
        )
    };
    let text = format!("[{}]", (0..count).map(row).collect::<Vec<_>>().join(","));
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => value.to_string().len() as u32,
        Err(_) => 0,
    }
}

/// Resizes a picture of `side` by `side` pixels to two thirds; a sum over its pixels.
#[unsafe(no_mangle)]
pub extern "C" fn image_resize(side: u32) -> u32 {
    let picture = ImageBuffer::from_fn(side, side, |x, y| Rgba([x as u8, y as u8, (x * y) as u8, 255]));
    let small = resize(&picture, side * 2 / 3, side * 2 / 3, FilterType::CatmullRom);
    small.pixels().fold(0u32, |sum, pixel| sum.wrapping_mul(31).wrapping_add(u32::from_le_bytes(pixel.0)))
}
