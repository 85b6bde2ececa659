package image

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/engine/fault"
)

func TestTheDownloadAddressIsLocated(t *testing.T) {
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "gone") {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(there.Close)
	bin := t.TempDir()
	npm := func(name, script string) string {
		path := filepath.Join(bin, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	knows := npm("knows", `[ "$*" = "view opencode-linux-x64@1.18.33 dist.tarball" ] && echo https://packages.test/o.tgz`)
	junk := npm("junk", `echo not an address`)
	fails := npm("fails", `exit 1`)
	pin, _ := PinFor("amd64")
	up, down := there.URL+"/x", there.URL+"/gone"
	tests := []struct {
		name, setting, release, npm string
		url, note                   string
	}{
		{"a setting goes before everything", "https://own.test/o.tgz", up, knows, "https://own.test/o.tgz", "settings"},
		{"the release archive when it answers", "", up, knows, up, ""},
		{"the npm client's answer when not", "", down, knows, "https://packages.test/o.tgz", "npm client"},
		{"the release all the same when npm answers junk", "", down, junk, down, "no address"},
		{"the release all the same when npm fails", "", down, fails, down, "does not know"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Locate(t.Context(), pin, tt.setting, LocateOptions{Release: tt.release, NPM: tt.npm})
			if err != nil || got.URL != tt.url || !strings.Contains(got.Note, tt.note) || (tt.note == "") != (got.Note == "") {
				t.Errorf("got %+v, %v", got, err)
			}
			if strings.Contains(got.Note, "packages.test") {
				t.Errorf("the note names the registry's host: %s", got.Note)
			}
		})
	}
	t.Run("a setting that is no address", func(t *testing.T) {
		_, err := Locate(t.Context(), pin, "ftp://x", LocateOptions{})
		wantKind(t, err, fault.BadInput)
	})
}

func TestEveryPinIsComplete(t *testing.T) {
	for arch, pin := range pins {
		if !sha256Hex.MatchString(pin.SHA256) || !versionText.MatchString(pin.Version) || pin.Package == "" {
			t.Errorf("%s: %+v", arch, pin)
		}
		if err := checkAddress(pin.release()); err != nil {
			t.Errorf("%s: %v", arch, err)
		}
	}
	if pin, ok := PinFor("amd64"); !ok || pin.Tag() != "berth/opencode:1.18.33" {
		t.Errorf("got %+v", pin)
	}
	if _, ok := PinFor("s390x"); ok {
		t.Error("opencode is not built for s390x")
	}
}

func TestTheHostsCertificatesAreRead(t *testing.T) {
	const one = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	path := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(path, []byte("# prose\n"+one+one+"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", path)
	got, from, err := HostCA()
	if err != nil || from != path || string(got) != one {
		t.Errorf("got %q from %s, %v", got, from, err)
	}
	t.Setenv("SSL_CERT_FILE", path+".absent")
	_, _, err = HostCA()
	if e := fault.From("", err); e == nil || e.Kind != fault.BadInput || e.Remedy == "" {
		t.Errorf("got %v", err)
	}
}
