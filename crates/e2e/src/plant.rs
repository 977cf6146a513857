use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::Wattline;

/// A running `wattline simulate` with its control interface.
#[derive(Debug)]
pub struct Plant {
    program: Wattline,
    pub gateway: String,
    control: String,
    agent: ureq::Agent,
}

impl Plant {
    pub fn start(file: &Path) -> Self {
        let file = file.display().to_string();
        let mut program = Wattline::start(&[
            "simulate",
            &file,
            "--listen",
            "127.0.0.1:0",
            "--control",
            "127.0.0.1:0",
        ]);
        let gateway = program.line("gateway ");
        let gateway = gateway
            .rsplit(' ')
            .next()
            .expect("name and address")
            .to_owned();
        let control = program.line("control on ");
        Self {
            program,
            gateway,
            control,
            agent: ureq::Agent::new_with_defaults(),
        }
    }

    /// Host and port of the first gateway.
    pub fn address(&self) -> (String, u16) {
        let (host, port) = self.gateway.rsplit_once(':').expect("an address");
        (host.to_owned(), port.parse().expect("a port"))
    }

    pub fn get(&self, path: &str) -> Value {
        self.agent
            .get(format!("{}{path}", self.control))
            .call()
            .expect("the control interface answers")
            .body_mut()
            .read_json()
            .expect("it answers JSON")
    }

    pub fn put(&self, path: &str, body: &Value) {
        self.agent
            .put(format!("{}{path}", self.control))
            .send_json(body)
            .expect("the control interface does as told");
    }

    /// Stops the plant's time: registers keep their values.
    pub fn pause(&self) {
        self.put("/paused", &json!({ "paused": true }));
    }

    pub fn finish(self) {
        self.program.finish(&[]);
    }
}

/// Words of holding registers as mbpoll, a program that this project did not write, reads them.
pub fn mbpoll(address: (&str, u16), unit_id: u8, start: u16, count: u16) -> Vec<u16> {
    let output = Command::new("mbpoll")
        .args(["-m", "tcp", "-0", "-1", "-q", "-t", "4:hex"])
        .args(["-p", &address.1.to_string()])
        .args(["-a", &unit_id.to_string()])
        .args(["-r", &start.to_string()])
        .args(["-c", &count.to_string()])
        .arg(address.0)
        .output()
        .expect("mbpoll is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<u16> = text
        .lines()
        .filter(|line| line.trim_start().starts_with('['))
        .filter_map(|line| line.split("0x").nth(1))
        .filter_map(|word| u16::from_str_radix(word.trim(), 16).ok())
        .collect();
    assert_eq!(
        words.len(),
        usize::from(count),
        "mbpoll said {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    words
}
