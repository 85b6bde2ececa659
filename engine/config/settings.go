package config

// Settings is what a person can set, kept as JSON in $XDG_CONFIG_HOME/berth/settings.json. Keys this version does not
// know are kept as they are. The zero value is not valid; Default is.
type Settings struct {
	Schema   int     `json:"schema"`             // version of this file's shape, 1
	Endpoint string  `json:"endpoint,omitempty"` // name or host of the endpoint to use; empty chooses by itself
	Image    Image   `json:"image"`
	Sandbox  Sandbox `json:"sandbox"` // defaults of new sandboxes
	Window   Window  `json:"window"`
}

// Image says where the sandbox image comes from.
type Image struct {
	Source      string   `json:"source"`                // "build" (default) or "pull"
	References  []string `json:"references,omitempty"`  // tried in order when source is "pull"
	BaseImage   string   `json:"baseImage,omitempty"`   // of the build; empty means debian:bookworm-slim
	Download    string   `json:"download,omitempty"`    // address of the opencode archive; empty means the pinned release
	Packages    []string `json:"packages,omitempty"`    // extra Debian packages of the build
	TrustHostCA *bool    `json:"trustHostCA,omitempty"` // trust this computer's CA bundle in the build's fetch stage; default true
}

// Sandbox holds the defaults of new sandboxes.
type Sandbox struct {
	Memory   string  `json:"memory"` // "4g", as docker run --memory takes it
	CPUs     float64 `json:"cpus,omitempty"`
	Hardened bool    `json:"hardened,omitempty"`
	Port     int     `json:"port"` // first port tried, 4096
	Restart  string  `json:"restart"`
}

// Window is how the window was left.
type Window struct {
	Theme  string  `json:"theme"` // "system" (default), "light", "dark"
	Width  float32 `json:"width,omitempty"`
	Height float32 `json:"height,omitempty"`
}
