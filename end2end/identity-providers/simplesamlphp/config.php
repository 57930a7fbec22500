<?php
// An identity provider for the browser tests. Everything that differs between runs comes from the environment.
$state = getenv('IDP_STATE') . '/';
$config = [
    'baseurlpath' => getenv('IDP_URL') . '/',
    'certdir' => $state,
    'loggingdir' => $state,
    'datadir' => $state,
    'tempdir' => $state . 'tmp',
    'metadatadir' => __DIR__ . '/metadata',
    'secretsalt' => 'for tests alone',
    'auth.adminpassword' => 'for tests alone',
    'timezone' => 'UTC',
    'logging.handler' => 'errorlog',
    'logging.level' => SimpleSAML\Logger::NOTICE,
    'enable.saml20-idp' => true,
    'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'store.type' => 'phpsession',
    'session.phpsession.savepath' => $state . 'tmp',
    'session.phpsession.cookiename' => 'IdpSession',
    'session.cookie.name' => 'IdpSessionId',
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'session.duration' => 8 * 60 * 60,
    'language.default' => 'en',
    'trusted.url.domains' => null,
    'metadata.sources' => [['type' => 'flatfile']],
    'authproc.idp' => [],
];
