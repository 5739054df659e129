//! A headless Chromium, spoken to through chromedriver: the commands of W3C's WebDriver, and those of
//! Chromium's DevTools for what it has no command for (colour scheme, print, screen size, the log of
//! requests). Nothing is downloaded: both programs are the system's.

use std::{
    error::Error,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What a test answers.
pub type Done = Result<(), Box<dyn Error>>;

/// What a command answers.
type Answer = Result<Value, Box<dyn Error>>;

/// How WebDriver names an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Without network, sandbox (tests run as root in CI) and first-run pages.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// A browser with one page; it ends with the value.
pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    files: TempDir,
}

impl Browser {
    /// Starts chromedriver on a free port, and a browser with a new profile.
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let files = tempfile::tempdir()?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("chromedriver: {error}; `make setup` installs it"))?;
        let output = driver.stdout.take().ok_or("chromedriver has no output")?;
        let mut lines = BufReader::new(output).lines();
        let port = loop {
            let line = lines.next().ok_or("chromedriver ended before it listened")??;
            let port = line.split_once("started successfully on port ");
            if let Some((_, port)) = port {
                break port.trim_end_matches('.').to_owned();
            }
        };
        // What it prints later must not meet a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
        let mut browser = Browser { driver, session: String::new(), agent: config.into(), files };
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        let profile = browser.files.path().join("profile");
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        browser.session = format!("http://127.0.0.1:{port}/session");
        let session = browser.post("", wanted)?;
        let id = session["sessionId"].as_str().ok_or("a session without id")?;
        browser.session += &format!("/{id}");
        browser.open("about:blank")?;
        Ok(browser)
    }

    fn post(&self, path: &str, body: Value) -> Answer {
        let url = format!("{}{path}", self.session);
        let mut response = self.agent.post(&url).send_json(body)?;
        let answer: Value = response.body_mut().with_config().limit(1 << 30).read_json()?;
        match answer["value"]["error"].as_str() {
            Some(error) => Err(format!("{path}: {error}: {}", answer["value"]["message"]).into()),
            None => Ok(answer["value"].clone()),
        }
    }

    /// Shows a page, which has loaded when this returns.
    pub fn show(&self, html: &str) -> Done {
        let path = self.files.path().join("page.html");
        std::fs::write(&path, html)?;
        self.open(&format!("file://{}", path.display()))
    }

    fn open(&self, url: &str) -> Done {
        self.post("/url", json!({"url": url}))?;
        Ok(())
    }

    /// Answers with what a script returns.
    pub fn run(&self, script: &str) -> Answer {
        self.post("/execute/sync", json!({"script": script, "args": []}))
    }

    /// A command of Chromium's DevTools.
    pub fn devtools(&self, command: &str, parameters: Value) -> Answer {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters}))
    }

    /// The width of the screen in CSS pixels.
    pub fn width(&self, width: u32) -> Done {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size)?;
        Ok(())
    }

    /// `screen` or `print`, and `light` or `dark`.
    pub fn medium(&self, medium: &str, scheme: &str) -> Done {
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        let wanted = json!({"media": medium, "features": features});
        self.devtools("Emulation.setEmulatedMedia", wanted)?;
        Ok(())
    }

    /// Clicks with the mouse on the first element that a selector finds.
    pub fn click(&self, selector: &str) -> Done {
        let found = self.post("/element", json!({"using": "css selector", "value": selector}))?;
        let id = found[ELEMENT].as_str().ok_or("no element")?;
        self.post(&format!("/element/{id}/click"), json!({}))?;
        Ok(())
    }

    /// Presses keys, one after the other, where the focus is.
    pub fn press(&self, keys: &[char]) -> Done {
        let key = |kind: &str, key: &char| json!({"type": kind, "value": key.to_string()});
        let actions: Vec<Value> =
            keys.iter().flat_map(|of| [key("keyDown", of), key("keyUp", of)]).collect();
        let source = json!([{"type": "key", "id": "keyboard", "actions": actions}]);
        self.post("/actions", json!({"actions": source}))?;
        Ok(())
    }

    /// What the console has said since it was last asked.
    pub fn console(&self) -> Result<Vec<Value>, Box<dyn Error>> {
        let log = self.post("/se/log", json!({"type": "browser"}))?;
        Ok(log.as_array().cloned().unwrap_or_default())
    }

    /// The addresses of all requests since it was last asked, without the page's own.
    pub fn requests(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let log = self.post("/se/log", json!({"type": "performance"}))?;
        let mut urls = Vec::new();
        for entry in log.as_array().into_iter().flatten() {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap_or("null"))?;
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let url = &event["message"]["params"]["request"]["url"];
                let url = url.as_str().unwrap_or_default();
                // The tab that a browser opens with may still be loading what is in the browser.
                if !url.starts_with("chrome:") && !url.starts_with("data:") {
                    urls.push(url.to_owned());
                }
            }
        }
        Ok(urls)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser, and then the driver; a test that failed already says why.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
