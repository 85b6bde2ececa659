package enginetest

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// pluginFolder is where Docker looks for the sockets of plugins by their names.
const pluginFolder = "/run/docker/plugins"

// VolumeDriver runs a volume driver of that name that Docker engines of this computer find, until the end of the test. Its volumes
// are folders of the test's own. Remove them before the test ends.
func VolumeDriver(t testing.TB, name string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("a volume driver needs root: engines look for it in " + pluginFolder)
	}
	if err := os.MkdirAll(pluginFolder, 0o755); err != nil { //nolint:gosec // as Docker makes it
		t.Fatal(err)
	}
	socket := filepath.Join(pluginFolder, name+".sock")
	listener, err := new(net.ListenConfig).Listen(context.Background(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	d := &volumeDriver{dir: t.TempDir(), all: map[string]bool{}}
	server := &http.Server{Handler: d} //nolint:gosec // only engines of this computer speak to it
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends when it is closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
		_ = os.Remove(socket)
	})
}

type volumeDriver struct {
	dir string

	mu  sync.Mutex // guards what follows
	all map[string]bool
}

// ServeHTTP answers as Docker's plugin API for volumes wants it.
func (d *volumeDriver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Name string }
	_ = json.NewDecoder(r.Body).Decode(&ask) // some ask nothing
	d.mu.Lock()
	defer d.mu.Unlock()
	type volume struct{ Name, Mountpoint string }
	path := func(name string) string { return filepath.Join(d.dir, name) }
	answer := map[string]any{"Err": ""}
	switch r.URL.Path {
	case "/Plugin.Activate":
		answer = map[string]any{"Implements": []string{"VolumeDriver"}}
	case "/VolumeDriver.Capabilities":
		answer = map[string]any{"Capabilities": map[string]string{"Scope": "local"}}
	case "/VolumeDriver.Create":
		if err := os.MkdirAll(path(ask.Name), 0o700); err != nil {
			answer["Err"] = err.Error()
			break
		}
		d.all[ask.Name] = true
	case "/VolumeDriver.Remove":
		delete(d.all, ask.Name)
	case "/VolumeDriver.Mount", "/VolumeDriver.Path":
		answer["Mountpoint"] = path(ask.Name)
	case "/VolumeDriver.Get":
		if !d.all[ask.Name] {
			answer["Err"] = "no such volume"
			break
		}
		answer["Volume"] = volume{ask.Name, path(ask.Name)}
	case "/VolumeDriver.List":
		var list []volume
		for name := range d.all {
			list = append(list, volume{name, path(name)})
		}
		answer["Volumes"] = list
	}
	w.Header().Set("Content-Type", "application/vnd.docker.plugins.v1.2+json")
	_ = json.NewEncoder(w).Encode(answer) // the engine sees an answer that is cut short
}
