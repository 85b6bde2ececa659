package image

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

func inFile(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const privateKey = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

func TestTheExtraCAIsReadAndNothingElseOfItsFile(t *testing.T) {
	ca := enginetest.NewAuthority(t).PEM
	got, err := ExtraCA(inFile(t, "our proxy\n"+privateKey+string(ca)+string(ca)))
	if err != nil || string(got) != string(ca) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := ExtraCA(""); got != nil || err != nil {
		t.Errorf("without a setting: %q, %v", got, err)
	}
	for name, path := range map[string]string{
		"a file that is not there":       filepath.Join(t.TempDir(), "away.pem"),
		"a file with no certificate":     inFile(t, privateKey),
		"a certificate that is not PEM":  inFile(t, "\x30\x82\x01"),
		"a folder in place of the file":  t.TempDir(),
		"a file that is empty":           inFile(t, ""),
		"a certificate that breaks off":  inFile(t, string(ca[:len(ca)/2])),
		"a request in place of the cert": inFile(t, strings.ReplaceAll(string(ca), "CERTIFICATE", "CERTIFICATE REQUEST")),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ExtraCA(path)
			if e := wantKind(t, err, fault.BadInput); !strings.Contains(e.Op, "image.extraCA") || e.Remedy == "" || e.Action != fault.OpenSettings {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestTheFileOfSSL_CERT_FILEIsWhatThisComputerTrusts(t *testing.T) { //nolint:revive // the variable's own name
	ca := enginetest.NewAuthority(t).PEM
	path := inFile(t, string(ca)+privateKey)
	t.Setenv("SSL_CERT_FILE", path)
	got, from, err := HostCA()
	if err != nil || from != path || string(got) != string(ca) {
		t.Errorf("got %q from %q, %v", got, from, err)
	}
	t.Setenv("SSL_CERT_FILE", path+".away")
	_, _, err = HostCA()
	if e := wantKind(t, err, fault.BadInput); e.Remedy == "" {
		t.Error("no remedy")
	}
}
