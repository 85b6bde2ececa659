package connect

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/go-digest"

	"berth/engine/fault"
)

func FuzzContextFiles(f *testing.F) {
	const lab = `{"Name":"lab","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://ann@lab","SkipTLSVerify":false}}}`
	for _, config := range []string{`{"currentContext":"lab"}`, `{"currentContext":"gone","auths":{}}`, `{"currentContext":`, ``} {
		f.Add([]byte(config), []byte(lab), []byte(`{"Name":"work","Endpoints":{"docker":{"Host":"tcp://10.0.0.2:2376"}}}`))
	}
	f.Add([]byte(`{}`), []byte(lab), []byte(lab))
	f.Add([]byte(`null`), []byte(`{"Name":"lab"}`), []byte(`{"Name":"lab","Endpoints":{"docker":{"Host":"npipe:////./pipe/x"}}}`))
	f.Add([]byte(`[]`), []byte(`{"Name":"lab","Endpoints":{"docker":null}}`), []byte(`{"Name":"default","Endpoints":{"docker":{"Host":"unix:///x"}}}`))
	f.Fuzz(func(t *testing.T, config, meta, other []byte) {
		home := t.TempDir()
		root := filepath.Join(home, ".docker")
		for _, file := range []struct {
			path string
			text []byte
		}{
			{filepath.Join(root, "config.json"), config},
			{filepath.Join(root, "contexts", "meta", digest.FromString("lab").Encoded(), "meta.json"), meta},
			{filepath.Join(root, "contexts", "meta", digest.FromString("work").Encoded(), "meta.json"), other},
		} {
			if err := os.MkdirAll(filepath.Dir(file.path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file.path, file.text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		seen, current, contexts := map[string]bool{}, 0, map[string]bool{}
		for _, ep := range Discover(at("linux", home, nil)) {
			if ep.Name == "" || seen[ep.Name] {
				t.Errorf("%+v has no name of its own", ep)
			}
			seen[ep.Name] = true
			if ep.Current {
				current++
			}
			if ep.Err != nil {
				if ep.Err.Kind != fault.BadContext || ep.Err.Cause() == "" || ep.Err.Remedy == "" {
					t.Errorf("%+v says no reason: %+v", ep, ep.Err)
				}
				continue
			}
			if host, err := parseHost(ep.Host, "linux"); err != nil || host != ep.Host {
				t.Errorf("%+v can be used, and its host is read as %q, %v", ep, host, err)
			}
			if ep.Context != "" && contexts[ep.Context] {
				t.Errorf("the context %q is there twice", ep.Context)
			}
			contexts[ep.Context] = true
		}
		if current > 1 {
			t.Errorf("%d endpoints are the one in use", current)
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, host := range []string{
		"unix:///var/run/docker.sock", "tcp://10.0.0.2:2376", "tcp://[::1]:1/p", "ssh://ann@lab:22", "npipe:////./pipe/x", "fd://", ":2375", "/x", " lab ", "http://x",
	} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		for _, goos := range []string{"linux", "windows"} {
			parsed, err := parseHost(host, goos)
			if err != nil {
				continue
			}
			if again, err := parseHost(parsed, goos); err != nil || again != parsed {
				t.Errorf("%q is %q, and that is %q, %v", host, parsed, again, err)
			}
			ep := Endpoint{Host: parsed}
			if ep.Key() == "" || ep.Remote() && socketPath(parsed) != "" {
				t.Errorf("%q: key %q, remote %v", parsed, ep.Key(), ep.Remote())
			}
		}
	})
}
