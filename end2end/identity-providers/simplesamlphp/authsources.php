<?php
// The people whom the identity provider knows.
$config = [
    'people' => [
        'exampleauth:UserPass',
        'ada:ada-secret' => [
            'uid' => ['ada-7431'],
            'mail' => ['ada@sso.acme.test'],
            'displayName' => ['Ada Byron'],
            'groups' => ['staff', 'support-leads'],
        ],
        'bob:bob-secret' => [
            'uid' => ['bob-1120'],
            'mail' => ['bob@elsewhere.test'],
            'displayName' => ['Bob Elsewhere'],
            'groups' => ['staff'],
        ],
        'eve:eve-secret' => [
            'uid' => ['eve-0001'],
            'displayName' => ['Eve Without Mail'],
            'groups' => ['staff'],
        ],
    ],
];
