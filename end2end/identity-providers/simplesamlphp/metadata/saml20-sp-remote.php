<?php
// The connections that tests have made, as they wrote them down: how they differ is what is tested.
foreach (glob(getenv('IDP_STATE') . '/sp-*.json') as $file) {
    $sp = json_decode(file_get_contents($file), true);
    $metadata[$sp['entityid']] = $sp;
}
