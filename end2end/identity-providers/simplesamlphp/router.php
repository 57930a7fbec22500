<?php
// What a web server does for SimpleSAMLphp: "module.php/saml/…" is the script and the rest its PATH_INFO.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (preg_match('#^(/.*?\.php)(/.*)?$#', $path, $parts)) {
    $script = $_SERVER['DOCUMENT_ROOT'] . $parts[1];
    if (is_file($script)) {
        $_SERVER['SCRIPT_NAME'] = $parts[1];
        $_SERVER['SCRIPT_FILENAME'] = $script;
        $_SERVER['PHP_SELF'] = $path;
        if (isset($parts[2])) {
            $_SERVER['PATH_INFO'] = $parts[2];
        } else {
            unset($_SERVER['PATH_INFO']);
        }
        chdir(dirname($script));
        require $script;
        return true;
    }
}
return false;
