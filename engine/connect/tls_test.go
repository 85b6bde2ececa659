package connect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

func TestTLSFilesThatDoNotFitTogetherAreToldOfBeforeDialling(t *testing.T) {
	authority := enginetest.NewAuthority(t)
	cert, key := authority.Client()
	_, another := authority.Client()
	for name, c := range map[string]struct {
		files map[string][]byte
		why   string
	}{
		"the key is missing":         {map[string][]byte{"ca.pem": authority.PEM, "cert.pem": cert}, "key.pem is missing"},
		"the certificate is missing": {map[string][]byte{"ca.pem": authority.PEM, "key.pem": key}, "cert.pem is missing"},
		"the key is another's":       {map[string][]byte{"cert.pem": cert, "key.pem": another}, "cert.pem and key.pem"},
		"the CA is no certificate":   {map[string][]byte{"ca.pem": []byte("x")}, "ca.pem holds no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			const host = "tcp://192.0.2.1:2376"
			material(t, home, "hurt", host, c.files)
			w := at("linux", home, nil)
			ep := find(t, Discover(w), host)
			wantDiagnosis(t, ep.Err, fault.BadContext, "docker context")
			if !strings.Contains(ep.Err.Why, c.why) {
				t.Errorf("why %q, want %q", ep.Err.Why, c.why)
			}
			if cli, err := Dial(ep, w); cli != nil || err == nil {
				t.Error("it can be dialled")
			}
		})
	}
}

func TestAMissingKeyBesideDOCKER_HOSTIsToldOf(t *testing.T) { //nolint:revive // the variable's own name
	authority := enginetest.NewAuthority(t)
	cert, key := authority.Client()
	for _, missing := range []string{"key.pem", "cert.pem", "ca.pem"} {
		t.Run(missing, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range map[string][]byte{"ca.pem": authority.PEM, "cert.pem": cert, "key.pem": key} {
				write(t, filepath.Join(dir, name), string(content))
			}
			if err := os.Remove(filepath.Join(dir, missing)); err != nil {
				t.Fatal(err)
			}
			list := Discover(at("linux", t.TempDir(), map[string]string{
				"DOCKER_HOST": "tcp://192.0.2.1:2376", "DOCKER_CERT_PATH": dir, "DOCKER_TLS_VERIFY": "1",
			}))
			wantDiagnosis(t, list[0].Err, fault.BadContext, "unset DOCKER_HOST")
			if !strings.Contains(list[0].Err.Why, missing) {
				t.Errorf("%s is not named in %q", missing, list[0].Err.Why)
			}
		})
	}
}
